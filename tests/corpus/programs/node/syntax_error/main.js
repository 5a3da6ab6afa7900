const weights = { home: 1,;
