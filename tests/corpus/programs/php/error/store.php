<?php
class WeightMissing extends RuntimeException
{
}

class Store
{
    public function load(string $name): int
    {
        try {
            return intdiv(1, 0);
        } catch (DivisionByZeroError $cause) {
            throw new WeightMissing("no weight for $name", 7, $cause);
        }
    }
}
