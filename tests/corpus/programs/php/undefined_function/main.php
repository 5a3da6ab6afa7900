<?php
function score()
{
    return retry_with_jitter();
}

score();
