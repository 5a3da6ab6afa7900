<?php
ini_set('memory_limit', '2M');
$rows = str_repeat('x', 64 * 1024 * 1024);
