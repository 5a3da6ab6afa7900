Promise.reject("no weight for home");
