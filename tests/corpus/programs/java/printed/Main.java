package com.acme.scores;

import java.io.FileReader;
import java.io.IOException;

public class Main {
    public static void main(String[] args) {
        try {
            new FileReader("/workspace-without/weights.csv");
        } catch (IOException exc) {
            exc.printStackTrace();
            System.exit(1);
        }
    }
}
