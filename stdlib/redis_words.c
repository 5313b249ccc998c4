/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/redis_words.h"

#include <strings.h>

#include "base/units.h"

/* Every command that the server itself flags as reading, and of the others those that only tell something. */
static const char *const reading[] = {"ACL CAT", "ACL DRYRUN", "ACL GENPASS", "ACL GETUSER",
    "ACL LIST", "ACL USERS", "ACL WHOAMI", "BITCOUNT", "BITFIELD_RO", "BITPOS", "CLIENT GETNAME",
    "CLIENT GETREDIR", "CLIENT ID", "CLIENT INFO", "CLIENT LIST", "CLIENT TRACKINGINFO",
    "CLUSTER COUNT-FAILURE-REPORTS", "CLUSTER COUNTKEYSINSLOT", "CLUSTER GETKEYSINSLOT",
    "CLUSTER INFO", "CLUSTER KEYSLOT", "CLUSTER LINKS", "CLUSTER MYID", "CLUSTER NODES",
    "CLUSTER REPLICAS", "CLUSTER SHARDS", "CLUSTER SLAVES", "CLUSTER SLOTS", "COMMAND",
    "CONFIG GET", "DBSIZE", "DUMP", "ECHO", "EVALSHA_RO", "EVAL_RO", "EXISTS", "EXPIRETIME",
    "FCALL_RO", "FUNCTION DUMP", "FUNCTION LIST", "FUNCTION STATS", "GEODIST", "GEOHASH", "GEOPOS",
    "GEORADIUSBYMEMBER_RO", "GEORADIUS_RO", "GEOSEARCH", "GET", "GETBIT", "GETRANGE", "HEXISTS",
    "HGET", "HGETALL", "HKEYS", "HLEN", "HMGET", "HRANDFIELD", "HSCAN", "HSTRLEN", "HVALS", "INFO",
    "KEYS", "LASTSAVE", "LATENCY DOCTOR", "LATENCY GRAPH", "LATENCY HISTOGRAM", "LATENCY HISTORY",
    "LATENCY LATEST", "LCS", "LINDEX", "LLEN", "LOLWUT", "LPOS", "LRANGE", "MEMORY DOCTOR",
    "MEMORY MALLOC-STATS", "MEMORY STATS", "MEMORY USAGE", "MGET", "MODULE LIST", "OBJECT ENCODING",
    "OBJECT FREQ", "OBJECT IDLETIME", "OBJECT REFCOUNT", "PEXPIRETIME", "PFCOUNT", "PING", "PTTL",
    "PUBSUB", "RANDOMKEY", "ROLE", "SCAN", "SCARD", "SCRIPT EXISTS", "SDIFF", "SENTINEL CKQUORUM",
    "SENTINEL GET-MASTER-ADDR-BY-NAME", "SENTINEL MASTER", "SENTINEL MASTERS", "SENTINEL REPLICAS",
    "SENTINEL SENTINELS", "SENTINEL SLAVES", "SINTER", "SINTERCARD", "SISMEMBER", "SLOWLOG GET",
    "SLOWLOG LEN", "SMEMBERS", "SMISMEMBER", "SORT_RO", "SRANDMEMBER", "SSCAN", "STRLEN", "SUBSTR",
    "SUNION", "TIME", "TOUCH", "TTL", "TYPE", "XINFO CONSUMERS", "XINFO GROUPS", "XINFO STREAM",
    "XLEN", "XPENDING", "XRANGE", "XREAD", "XREVRANGE", "ZCARD", "ZCOUNT", "ZDIFF", "ZINTER",
    "ZINTERCARD", "ZLEXCOUNT", "ZMSCORE", "ZRANDMEMBER", "ZRANGE", "ZRANGEBYLEX", "ZRANGEBYSCORE",
    "ZRANK", "ZREVRANGE", "ZREVRANGEBYLEX", "ZREVRANGEBYSCORE", "ZREVRANK", "ZSCAN", "ZSCORE",
    "ZUNION", NULL};

/* After these something is gone: keys, all keys, the server, or what a replica held of its own. */
static const char *const destroying[] = {"CLUSTER RESET", "DEBUG", "DEL", "FLUSHALL", "FLUSHDB",
    "FUNCTION FLUSH", "REPLICAOF", "SHUTDOWN", "SLAVEOF", "UNLINK", NULL};

/* The exceptions of those above: REPLICAOF NO ONE makes a master. */
static const char *const changing[] = {"REPLICAOF NO", "SLAVEOF NO", NULL};

static bool same(struct str a, struct str b)
{
	return a.len == b.len && (!a.len || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

/* Cuts an entry in its one or two words. */
static struct str first_word(const char *entry, struct str *ret_second)
{
	struct str text = str_from(entry);
	ptrdiff_t at = str_find(text, STR(" "));

	*ret_second = at < 0 ? STR("") : str_sub(text, (size_t)at + 1, text.len);
	return at < 0 ? text : str_sub(text, 0, (size_t)at);
}

/* Whether an entry is this word, or this word and the one behind it. */
static bool lists(const char *const *table, struct str word, struct str behind)
{
	struct str second;

	for (size_t i = 0; table[i]; i++)
		if (same(first_word(table[i], &second), word) &&
		    (!second.len || same(second, behind)))
			return true;
	return false;
}

/* Whether an entry is this word and another. */
static bool lists_some(const char *const *table, struct str word)
{
	struct str second;

	for (size_t i = 0; table[i]; i++)
		if (same(first_word(table[i], &second), word) && second.len)
			return true;
	return false;
}

enum effect_class redis_words_effect(const struct value *argv)
{
	size_t count = argv && argv->type == VALUE_LIST ? argv->list.count : 0;
	struct str word = count ? value_text(argv->list.items[0]) : STR("");
	struct str behind = count > 1 ? value_text(argv->list.items[1]) : STR("");
	bool open = count > 1 && argv->list.items[1]->type != VALUE_STRING;

	if (!word.len)
		return EFFECT_DESTROY;
	if (open && lists_some(destroying, word))
		return EFFECT_DESTROY;
	if (lists(changing, word, behind))
		return EFFECT_CHANGE;
	if (lists(destroying, word, behind))
		return EFFECT_DESTROY;
	return lists(reading, word, behind) ? EFFECT_READ : EFFECT_CHANGE;
}

/* What cannot be sent, and the way out. */
static const struct refusal {
	const char *words;
	const char *why;
} refusals[] = {
    {"SUBSCRIBE", "hears messages and never ends: XREAD with BLOCK waits for one"},
    {"PSUBSCRIBE", "hears messages and never ends: XREAD with BLOCK waits for one"},
    {"SSUBSCRIBE", "hears messages and never ends: XREAD with BLOCK waits for one"},
    {"UNSUBSCRIBE", "has nothing to end: nothing here subscribes"},
    {"PUNSUBSCRIBE", "has nothing to end: nothing here subscribes"},
    {"SUNSUBSCRIBE", "has nothing to end: nothing here subscribes"},
    {"MONITOR", "tells of every command and never ends: take SLOWLOG GET or CLIENT LIST"},
    {"SYNC", "is what replicas say: redis.replication tells how they are"},
    {"PSYNC", "is what replicas say: redis.replication tells how they are"},
    {"REPLCONF", "is what replicas say: redis.replication tells how they are"},
    {"AUTH", "is said by the connection: give it the user and the password"},
    {"HELLO", "is said by the connection: give it the user and the password"},
    {"SELECT", "is said by the connection: give it the db"},
    {"QUIT", "ends the connection, which ends by itself"},
    {"RESET", "undoes the login: leave it out"},
    {"CLIENT REPLY", "leaves us without an answer: leave it out"},
    {NULL, NULL},
};

/* What one command leaves for the next. */
static const char *const lasting[] = {"MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", NULL};

/* Where what waits has its timeout; 0 is for ever. */
enum timeout_place { FIRST = 1, LAST, BEHIND_BLOCK };

static const struct {
	const char *word;
	enum timeout_place place;
} waiting[] = {
    {"BLMOVE", LAST},
    {"BLMPOP", FIRST},
    {"BLPOP", LAST},
    {"BRPOP", LAST},
    {"BRPOPLPUSH", LAST},
    {"BZMPOP", FIRST},
    {"BZPOPMAX", LAST},
    {"BZPOPMIN", LAST},
    {"WAIT", LAST},
    {"WAITAOF", LAST},
    {"XREAD", BEHIND_BLOCK},
    {"XREADGROUP", BEHIND_BLOCK},
};

/* NULL where it has none. */
static const char *timeout_of(const char *const *words, size_t count, enum timeout_place place)
{
	if (place == FIRST)
		return count > 1 ? words[1] : NULL;
	if (place == LAST)
		return count > 1 ? words[count - 1] : NULL;
	for (size_t i = 1; i + 1 < count; i++) {
		if (strcasecmp(words[i], "BLOCK") == 0)
			return words[i + 1];
		if (strcasecmp(words[i], "STREAMS") == 0)
			break;
	}
	return NULL;
}

static bool waits_for_ever(const char *const *words, size_t count)
{
	for (size_t i = 0; i < sizeof(waiting) / sizeof(*waiting); i++) {
		const char *timeout;
		double amount;

		if (strcasecmp(words[0], waiting[i].word) != 0)
			continue;
		timeout = timeout_of(words, count, waiting[i].place);
		return timeout && units_double(str_from(timeout), &amount) && amount == 0;
	}
	return false;
}

bool redis_words_may(
    struct arena *arena, const char *const *words, size_t count, bool session, struct str *ret_why)
{
	struct str word = str_from(words[0]);
	struct str behind = count > 1 ? str_from(words[1]) : STR("");

	for (const struct refusal *refusal = refusals; refusal->words; refusal++) {
		const char *const one[] = {refusal->words, NULL};

		if (!lists(one, word, behind))
			continue;
		*ret_why = arena_printf(arena, "%s %s", refusal->words, refusal->why);
		return false;
	}
	if (!session && lists(lasting, word, behind)) {
		*ret_why = arena_printf(arena,
		    "%s is for the commands behind it: write `session: true` at the connection",
		    words[0]);
		return false;
	}
	if (waits_for_ever(words, count)) {
		*ret_why = arena_printf(
		    arena, "%s with a timeout of 0 waits for ever: give it a time", words[0]);
		return false;
	}
	return true;
}
