<?php
require 'shared/retry_with_jitter.php';
