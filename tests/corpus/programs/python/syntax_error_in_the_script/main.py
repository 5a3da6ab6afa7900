def orchestrate():
return 7
