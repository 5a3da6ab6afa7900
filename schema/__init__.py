"""The contract: tables, routines, views and queries as data; read by svcerrors._schema."""
