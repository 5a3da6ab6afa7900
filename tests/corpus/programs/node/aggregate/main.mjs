await Promise.any([Promise.reject(new Error("first: down")), Promise.reject(new TypeError("second: gone"))]);
