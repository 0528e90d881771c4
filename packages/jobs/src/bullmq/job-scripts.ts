// What BullMQ has no command for, on its own keys: jobs that end as cancelled, and the jobs as we see them. Their layout
// is what BullMQ's ports to other languages share; the suite runs all of this on the real thing.

/** @internal Beside BullMQ's own fields of a job. */
export const FIELD = {
  /** Of a job that ran when it was cancelled: the reason. However its handler ends, it has ended as cancelled. */
  cancel: 'sustain:cancel',
  /** Of a job that has ended as cancelled: the reason. */
  cancelled: 'sustain:cancelled',
  /** How many attempts `close` has broken off. */
  interrupted: 'sustain:interrupted',
} as const;

/** @internal `event` of the queue's stream: somebody wants a running job cancelled. */
export const CANCEL_REQUESTED = 'sustain:cancel-requested';

const END_CANCELLED = `
local function endCancelled(prefix, id, reason, now, keepMs, keepCount)
  local job = prefix .. id
  local ended = prefix .. 'sustain:cancelled'
  redis.call('HSET', job, '${FIELD.cancelled}', reason, 'finishedOn', now)
  redis.call('HDEL', job, '${FIELD.cancel}')
  redis.call('ZADD', ended, now, id)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', 10000, '*', 'event', 'sustain:cancelled', 'jobId', id)
  local old = redis.call('ZRANGEBYSCORE', ended, '-inf', '(' .. (now - keepMs), 'LIMIT', 0, 100)
  local surplus = redis.call('ZCARD', ended) - keepCount
  if surplus > #old then old = redis.call('ZRANGE', ended, 0, math.min(surplus, 100) - 1) end
  for _, each in ipairs(old) do
    redis.call('ZREM', ended, each)
    redis.call('DEL', prefix .. each)
  end
end
`;

/**
 * @internal ARGV: prefix, id, reason, now, keepMs, keepCount. Answers `cancelled`, `running` (its handler is told), `ended`
 * or `unknown`.
 */
export const CANCEL = `${END_CANCELLED}
local prefix, id, reason, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local job = prefix .. id
if redis.call('EXISTS', job) == 0 then return 'unknown' end
if redis.call('ZSCORE', prefix .. 'sustain:cancelled', id) then return 'cancelled' end
if redis.call('ZSCORE', prefix .. 'completed', id) or redis.call('ZSCORE', prefix .. 'failed', id) then
  return redis.call('HEXISTS', job, '${FIELD.cancel}') == 1 and 'cancelled' or 'ended'
end
local removed = redis.call('ZREM', prefix .. 'delayed', id) + redis.call('ZREM', prefix .. 'prioritized', id)
  + redis.call('LREM', prefix .. 'wait', 0, id) + redis.call('LREM', prefix .. 'paused', 0, id)
if removed > 0 then
  endCancelled(prefix, id, reason, now, tonumber(ARGV[5]), tonumber(ARGV[6]))
  return 'cancelled'
end
redis.call('HSETNX', job, '${FIELD.cancel}', reason)
redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', 10000, '*', 'event', '${CANCEL_REQUESTED}', 'jobId', id)
return 'running'
`;

/**
 * @internal ARGV: prefix, id, reason, now, keepMs, keepCount, token. Ends a running job as cancelled, if the lock is still
 * ours. Answers whether.
 */
export const END_RUNNING = `${END_CANCELLED}
local prefix, id = ARGV[1], ARGV[2]
local lock = prefix .. id .. ':lock'
if redis.call('GET', lock) ~= ARGV[7] then return 0 end
redis.call('DEL', lock)
redis.call('SREM', prefix .. 'stalled', id)
redis.call('LREM', prefix .. 'active', 1, id)
endCancelled(prefix, id, ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]))
return 1
`;

/**
 * @internal ARGV: prefix, id, now, keepMs, keepCount. Ends as cancelled what was to, and has ended otherwise, or waits for
 * its next attempt. Answers the reason and the operation's id, or nothing.
 */
export const END_LATE = `${END_CANCELLED}
local prefix, id = ARGV[1], ARGV[2]
local reason, data = unpack(redis.call('HMGET', prefix .. id, '${FIELD.cancel}', 'data'))
if not reason then return false end
local removed = redis.call('ZREM', prefix .. 'completed', id) + redis.call('ZREM', prefix .. 'failed', id)
  + redis.call('ZREM', prefix .. 'delayed', id)
if removed == 0 then return false end
endCancelled(prefix, id, reason, tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]))
return {reason, data}
`;

/** @internal The fields of a job that READ answers, after its state and its time. */
export const READ_FIELDS = [
  'data',
  'timestamp',
  'priority',
  'processedOn',
  'finishedOn',
  'returnvalue',
  'failedReason',
  'stacktrace',
  'progress',
  'ats',
  FIELD.interrupted,
  FIELD.cancel,
  FIELD.cancelled,
] as const;

/** @internal ARGV: prefix, id. Answers nothing, or the state, the score of what is delayed, and READ_FIELDS. */
export const READ = `
local prefix, id = ARGV[1], ARGV[2]
local job = prefix .. id
if redis.call('EXISTS', job) == 0 then return false end
local fields = redis.call('HMGET', job, ${READ_FIELDS.map((field) => `'${field}'`).join(', ')})
local state, score = 'waiting', ''
local due = redis.call('ZSCORE', prefix .. 'delayed', id)
local isCancelled = redis.call('HEXISTS', job, '${FIELD.cancel}') == 1
if redis.call('ZSCORE', prefix .. 'completed', id) then state = isCancelled and 'cancelled' or 'completed'
elseif redis.call('ZSCORE', prefix .. 'failed', id) then state = isCancelled and 'cancelled' or 'dead'
elseif redis.call('ZSCORE', prefix .. 'sustain:cancelled', id) then state = 'cancelled'
elseif due then state, score = 'delayed', due
elseif redis.call('LPOS', prefix .. 'active', id) then state = 'running' end
return {state, score, unpack(fields)}
`;

/** @internal ARGV: prefix, id. Forgets a job that has ended. Answers whether there was one. */
export const REMOVE = `
local prefix, id = ARGV[1], ARGV[2]
local removed = redis.call('ZREM', prefix .. 'completed', id) + redis.call('ZREM', prefix .. 'failed', id)
  + redis.call('ZREM', prefix .. 'sustain:cancelled', id)
if removed == 0 then return 0 end
redis.call('DEL', prefix .. id, prefix .. id .. ':logs')
redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', 10000, '*', 'event', 'removed', 'jobId', id)
return 1
`;

/**
 * @internal ARGV: prefix, id. Takes what we count of its attempts from a dead job, and not what it died of: it is dead as
 * long as it does not wait again. Answers whether it is one.
 */
export const FORGIVE = `
local prefix, id = ARGV[1], ARGV[2]
local job = prefix .. id
if not redis.call('ZSCORE', prefix .. 'failed', id) or redis.call('HEXISTS', job, '${FIELD.cancel}') == 1 then return 0 end
redis.call('HDEL', job, '${FIELD.interrupted}')
return 1
`;
