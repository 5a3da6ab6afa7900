package com.acme.scores;

import java.util.List;

public class Main {
    public static void main(String[] args) {
        List.of("7", "x").stream().map(text -> Integer.parseInt(text)).forEach(System.out::println);
    }
}
