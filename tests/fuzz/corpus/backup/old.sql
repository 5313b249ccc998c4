--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: f(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.f() RETURNS text
    LANGUAGE sql
    AS $$ select 'it''s' -- ; $$;


--
-- Name: g(integer); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.g(integer) RETURNS text
    LANGUAGE sql
    AS $_$ select E'\'' || '$1$ /*' || $1 /* */ ; $_$;


--
-- Name: h(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.h() RETURNS text
    LANGUAGE sql
    AS $_$ select 'it''s' || $w$ -- ; $w$ /* ( */ $_$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: t; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.t (
    a integer,
    "b,(" text
);


--
-- Name: TABLE t; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.t IS '--
-- PostgreSQL database dump complete';


--
-- Name: 16393; Type: BLOB; Schema: -; Owner: -
--

SELECT pg_catalog.lo_create('16393');


--
-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.t (a, "b,(") FROM stdin;
1	x\ty
2	\\.
3	\N
\.


--
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

SELECT pg_catalog.lo_open('16393', 131072);
SELECT pg_catalog.lowrite(0, '\x6869');
SELECT pg_catalog.lo_close(0);

COMMIT;

--
-- PostgreSQL database dump complete
--


