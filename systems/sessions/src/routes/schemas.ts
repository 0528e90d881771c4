import { z } from 'zod';
import type {
  AppendEventBody,
  CleanupBody,
  CreateSessionBody,
  IssuedToken,
  IssueTokenBody,
  PatchStateBody,
  PutSessionBody,
  SessionBody,
  SessionPageBody,
  SessionsIndex,
} from '../client/index.ts';

// What is asked is checked by these, and both sides are described by them. What ids, states and events may be, the manager
// says, which checks them for everybody.

const id = z.string().describe('1 to 128 bytes: letters, digits and _ . @ : + ~ = -');
const ttlMs = z
  .int()
  .min(1000)
  .max(100 * 365 * 86_400_000)
  .describe('how long it lives after its last change: milliseconds; null: for ever');
const state = z.record(z.string(), z.unknown());
const wallMs = z.int().min(0).describe('Unix milliseconds');

export const createSessionBody = z.strictObject({
  sessionId: id.optional(),
  creationId: id.optional().describe('makes the session be created once, however often it is sent'),
  state: state.optional(),
  ttlMs: ttlMs.nullable().optional(),
}) satisfies z.ZodType<CreateSessionBody>;

export const putSessionBody = createSessionBody.omit({ sessionId: true }) satisfies z.ZodType<PutSessionBody>;

export const patchStateBody = z.strictObject({
  set: state.optional(),
  remove: z.array(z.string()).optional(),
  changeId: id.optional().describe('makes the change happen once, however often it is sent'),
}) satisfies z.ZodType<PatchStateBody>;

export const appendEventBody = z.strictObject({
  event: z
    .looseObject({ id: id.optional(), timestamp: z.number().optional() })
    .describe('an event of an id that is there is not appended again'),
  stateDelta: state.optional(),
});
// Its fields are anything, which the type of the body says without `undefined`.
type _AppendEventBody = z.infer<typeof appendEventBody> extends { event: object } ? AppendEventBody : never;

export const issueTokenBody = z.strictObject({
  appName: id,
  userId: id.optional().describe('default: all users of the application'),
  access: z.enum(['read', 'write']),
  ttlMs: z
    .int()
    .min(1000)
    .max(30 * 86_400_000)
    .optional()
    .describe('default: an hour'),
}) satisfies z.ZodType<IssueTokenBody>;

export const cleanupBody = z.strictObject({
  maxSessions: z.int().min(1).optional(),
}) satisfies z.ZodType<CleanupBody>;

/** Digits become numbers; what else is there is refused as it is. */
const whole = (most: number, least = 0) =>
  z.preprocess(
    (text) => (typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : text),
    z.int().min(least).max(most),
  );

/** What JavaScript and JSON write for a number of 0 or more becomes one. */
const time = z.preprocess(
  (text) =>
    typeof text === 'string' && /^\d{1,16}(\.\d{1,32})?(e-\d{1,3})?$/.test(text) ? Number(text) : text,
  z.number().min(0).max(Number.MAX_SAFE_INTEGER),
);

export const getQuery = z.strictObject({
  numRecentEvents: whole(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('only the last so many events; 0: none'),
  afterTimestamp: time.optional().describe('only events of then or later: Unix milliseconds'),
});

export const listQuery = z.strictObject({
  limit: whole(1000, 1).optional().describe('sessions a page, at most; default 100'),
  after: z.string().max(2048).optional().describe('`next` of the page before'),
});

export const noQuery = z.strictObject({});

const summary = {
  appName: id,
  userId: id,
  sessionId: id,
  createdWallMs: wallMs,
  expiresWallMs: wallMs.optional().describe('when it expires if nobody changes it before; not there: never'),
};

const event = z.looseObject({ id, timestamp: z.number() });
const version = z.string().describe('the ETag, without its quotes');

export const sessionBody = z.object({
  ...summary,
  state,
  events: z.array(event),
  revision: z.int().min(1),
  version,
  updatedWallMs: wallMs,
});
type _SessionBody = z.infer<typeof sessionBody> extends SessionBody ? true : never;

export const writtenBody = z.object({ revision: z.int().min(1), version, updatedWallMs: wallMs });
export const appendedBody = writtenBody.extend({ event: event.describe('as it is stored') });

export const sessionPageBody = z.object({
  sessions: z.array(z.object(summary)),
  next: z.string().optional().describe('`after` of the next page; not there in the last one'),
  complete: z.boolean().describe('false while the primary store is away: there may be more'),
  corrupted: z.array(z.string()).describe('ids of sessions whose entries are damaged: they are left out'),
}) satisfies z.ZodType<SessionPageBody>;

export const sessionsIndex = z.object({
  name: z.literal('sessions'),
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  mode: z.enum(['normal', 'degraded']),
  links: z.record(z.string(), z.string()),
}) satisfies z.ZodType<SessionsIndex>;

export const issuedToken = z.object({
  token: z.string(),
  expiresWallMs: wallMs,
}) satisfies z.ZodType<IssuedToken>;
