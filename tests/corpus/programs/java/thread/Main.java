package com.acme.scores;

public class Main {
    public static void main(String[] args) throws InterruptedException {
        Thread worker = new Thread(() -> {
            throw new UnsupportedOperationException();
        }, "worker-1");
        worker.start();
        worker.join();
        System.exit(1);
    }
}
