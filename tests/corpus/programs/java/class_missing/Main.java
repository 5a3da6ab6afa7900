package com.acme.scores;

public class Main {
    public static void main(String[] args) throws Exception {
        Class.forName("com.acme.shared.RetryWithJitter");
    }
}
