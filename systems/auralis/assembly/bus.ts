// Where the voices of one chunk meet: CHUNK samples a bus.
import { add, mul, splat } from './simd';
import { CHUNK, CHUNK_BYTES } from './time';
import { VoiceGroup } from './voices';

/** Pads, to be spread by the chorus. */
export const padLeft = memory.data(CHUNK << 2, 16);
export const padRight = memory.data(CHUNK << 2, 16);
/** Everything, as it is heard. */
export const mixLeft = memory.data(CHUNK << 2, 16);
export const mixRight = memory.data(CHUNK << 2, 16);
/** What goes into echo and reverb. One channel: both make two of it. */
export const send = memory.data(CHUNK << 2, 16);

/** CHUNK vectors of a group of four voices, lanes are voices; there is room for two groups. */
export const voices = memory.data(CHUNK << 5, 16);
export const moreVoices = voices + CHUNK_BYTES * 4;

export function clearBuses(): void {
  // By hand: memory.fill is a call out of the module, which costs more than this loop.
  for (let i: usize = 0; i < CHUNK_BYTES; i += 16) {
    v128.store(padLeft + i, splat(0));
    v128.store(padRight + i, splat(0));
    v128.store(mixLeft + i, splat(0));
    v128.store(mixRight + i, splat(0));
    v128.store(send + i, splat(0));
  }
}

/**
 * Adds the samples of a group at `from` to a pair of buses and, if wanted, to the send. Four moments of four voices
 * are turned into four voices of four moments first, so that panning a voice takes one multiplication a side.
 */
@inline export function spread(from: usize, group: VoiceGroup, left: usize, right: usize, sending: bool): void {
  const gains = changetype<usize>(group);
  const left0 = v128.load32_splat(gains, 0), left1 = v128.load32_splat(gains, 4);
  const left2 = v128.load32_splat(gains, 8), left3 = v128.load32_splat(gains, 12);
  const right0 = v128.load32_splat(gains, 16), right1 = v128.load32_splat(gains, 20);
  const right2 = v128.load32_splat(gains, 24), right3 = v128.load32_splat(gains, 28);
  for (let i: usize = 0; i < <usize>CHUNK; i += 4) {
    const at = from + (i << 4);
    const a = v128.load(at), b = v128.load(at, 16), c = v128.load(at, 32), d = v128.load(at, 48);
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7), CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    const v0 = v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v1 = v128.shuffle<f32>(ab, cd, 2, 3, 6, 7);
    const v2 = v128.shuffle<f32>(AB, CD, 0, 1, 4, 5), v3 = v128.shuffle<f32>(AB, CD, 2, 3, 6, 7);
    const to = i << 2;
    accumulate(left + to, mul(v0, left0), mul(v1, left1), mul(v2, left2), mul(v3, left3));
    accumulate(right + to, mul(v0, right0), mul(v1, right1), mul(v2, right2), mul(v3, right3));
    if (sending) {
      accumulate(
        send + to,
        mul(v0, v128.load32_splat(gains, 32)), mul(v1, v128.load32_splat(gains, 36)),
        mul(v2, v128.load32_splat(gains, 40)), mul(v3, v128.load32_splat(gains, 44)),
      );
    }
  }
}

@inline function accumulate(bus: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(bus, add(v128.load(bus), add(add(a, b), add(c, d))));
}
