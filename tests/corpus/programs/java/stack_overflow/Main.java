package com.acme.scores;

public class Main {
    static int walk(int depth) {
        return walk(depth + 1) + 1;
    }

    public static void main(String[] args) {
        walk(0);
    }
}
