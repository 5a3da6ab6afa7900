<?php
require __DIR__ . '/store.php';

function orchestrate(): int
{
    return (new Store())->load('home');
}

orchestrate();
