import { randomBytes } from 'node:crypto';

/** Makes ids of 128 random bits as 32 hexadecimal digits. Chance is asked for many at once: each question costs as much. */
export function randomIds(): () => string {
  let pool = Buffer.alloc(0);
  let at = 0;
  return () => {
    if (at === pool.length) {
      pool = randomBytes(ID_BYTES * AT_ONCE);
      at = 0;
    }
    at += ID_BYTES;
    return pool.toString('hex', at - ID_BYTES, at);
  };
}

const ID_BYTES = 16;
const AT_ONCE = 256;
