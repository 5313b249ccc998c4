--
-- PostgreSQL database cluster dump
--

\restrict iBnp93XJegs77iprWu7Y6GTfr9Zyx3taMiJ3vNvC6K2AELmz04rkFiUVT0egjs4

SET default_transaction_read_only = off;

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

--
-- Roles
--

CREATE ROLE app;
ALTER ROLE app WITH SUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS;
CREATE ROLE app;
ALTER ROLE app WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS;

--
-- User Configurations
--








\unrestrict iBnp93XJegs77iprWu7Y6GTfr9Zyx3taMiJ3vNvC6K2AELmz04rkFiUVT0egjs4

--
-- PostgreSQL database cluster dump complete
--

