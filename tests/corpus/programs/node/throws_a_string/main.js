throw "no weight for home";
