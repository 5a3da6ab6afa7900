<?php
$weights = [1, 2;
