import { createHash } from 'node:crypto';

/** @internal A script, and the name by which a server knows it once it has it. It has none after a restart. */
export interface RedisScript {
  readonly text: string;
  readonly sha1: string;
}

function script(...parts: readonly string[]): RedisScript {
  const text = parts.join('\n');
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

/**
 * The server's time. Numbers are doubles in Lua, exact up to 2^53; `..` would write 14 digits of them. Revisions begin
 * with the time in microseconds, so that they grow also when the server has lost the last one: nobody makes more than
 * one write a microsecond.
 */
const TIME = `
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local nowMicros = time[1] * 1000000 + time[2]
local function digits(number) return string.format('%.0f', number) end`;

/** KEYS: entry, revision, index, expiry; then the operation and the guard's entry, of those that there are. */
const WRITE = `
local key, channel, expected, operationTtlMs, guardHead, ttlMs, text = unpack(ARGV)
local entry, revisionKey, index, expiry = unpack(KEYS, 1, 4)
local operation = operationTtlMs ~= '' and KEYS[5]
local guard = guardHead ~= '' and KEYS[#KEYS]
if operation then
  local done = redis.call('GET', operation)
  if done then return tonumber(done) end
end
if guard and redis.call('GETRANGE', guard, 0, #guardHead - 1) ~= guardHead then return -1 end
local function isAsExpected()
  if expected == '' then return true end
  if expected == 'absent' then return redis.call('EXISTS', entry) == 0 end
  return redis.call('GETRANGE', entry, 0, #expected - 1) == expected
end
if not isAsExpected() then
  local current = redis.call('GET', entry)
  return current and { current } or {}
end
local function nextRevision()
  local revision = redis.call('INCR', revisionKey)
  if revision == 1 then
    revision = nowMicros
    redis.call('SET', revisionKey, digits(revision))
  end
  return revision
end
local function remember(revision)
  if operation then redis.call('SET', operation, digits(revision), 'PX', operationTtlMs) end
end
local function forgetExpired()
  if redis.call('EXISTS', expiry) == 0 then return end
  local dead = redis.call('ZRANGEBYSCORE', expiry, '-inf', '(' .. digits(nowMs), 'LIMIT', 0, 4)
  if #dead == 0 then return end
  redis.call('ZREM', expiry, unpack(dead))
  redis.call('ZREM', index, unpack(dead))
end`;

/**
 * The revision; -1 when the guard is lost; a table with what is there, if anything, when it is not as expected. A revision
 * is taken first, so that a full memory, or a counter that is none, is met before anything is written.
 */
export const PUT: RedisScript = script(
  TIME,
  WRITE,
  `
redis.call('PUBLISH', channel, ttlMs .. ':' .. key)
local revision = nextRevision()
local record = digits(revision) .. '.' .. digits(math.fmod(revision, 97)) .. ':' .. text
redis.call('ZADD', index, 0, key)
if ttlMs == '' then
  redis.call('ZREM', expiry, key)
  redis.call('SET', entry, record)
else
  local expiresMs = digits(nowMs + ttlMs)
  redis.call('ZADD', expiry, expiresMs, key)
  redis.call('SET', entry, record, 'PXAT', expiresMs)
end
remember(revision)
forgetExpired()
return revision`,
);

/** As PUT; 0 when there was nothing. PERSIST lets the rest pass when the memory is full. */
export const REMOVE: RedisScript = script(
  TIME,
  WRITE,
  `
if redis.call('EXISTS', entry) == 0 then
  remember(0)
  return 0
end
redis.call('PUBLISH', channel, ':' .. key)
redis.call('PERSIST', revisionKey)
local revision = nextRevision()
redis.call('DEL', entry)
redis.call('ZREM', index, key)
redis.call('ZREM', expiry, key)
remember(revision)
forgetExpired()
return revision`,
);

/** KEYS: entry, expiry. ARGV: key, head, ttlMs. 1 when it was at this revision, else 0. */
export const TOUCH: RedisScript = script(
  TIME,
  `
local key, head, ttlMs = unpack(ARGV)
if redis.call('GETRANGE', KEYS[1], 0, #head - 1) ~= head then return 0 end
local expiresMs = digits(nowMs + ttlMs)
redis.call('ZADD', KEYS[2], expiresMs, key)
redis.call('PEXPIREAT', KEYS[1], expiresMs)
return 1`,
);

/**
 * KEYS: index, expiry, entries. ARGV: the entries' keys. Of each the record and its PTTL; of those that are gone nothing,
 * and they are forgotten, if the server takes writes.
 */
export const READ: RedisScript = script(`
local found = {}
for at, key in ipairs(ARGV) do
  local record = redis.call('GET', KEYS[at + 2])
  found[2 * at - 1] = record
  found[2 * at] = record and redis.call('PTTL', KEYS[at + 2])
  if not record then
    redis.pcall('ZREM', KEYS[1], key)
    redis.pcall('ZREM', KEYS[2], key)
  end
end
return found`);

/**
 * KEYS: revision. ARGV: channel. Done on every connect: revisions go on after the time, whatever the server has lost
 * since; and who may not tell changes learns it before a write. PERSIST lets the rest pass when the memory is full.
 */
export const BEGIN: RedisScript = script(
  TIME,
  `
redis.call('PUBLISH', ARGV[1], '')
redis.call('PERSIST', KEYS[1])
local last = tonumber(redis.call('GET', KEYS[1]) or 0) or 0
if last < nowMicros then redis.call('SET', KEYS[1], digits(nowMicros)) end
return 1`,
);
