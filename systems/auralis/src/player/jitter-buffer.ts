import { decodePcm16, equalPowerGain, type Frame, frameFlags, PCM16_BYTES } from '@sustain/audio';
import { AdaptivePrebuffer, type PrebufferOptions } from './adaptive-prebuffer.ts';
import { FrameQueue } from './frame-queue.ts';

export interface JitterBufferOptions extends PrebufferOptions {
  readonly sampleRateHz: number;
  readonly channels: number;
}

/** What the buffer is doing: collecting, playing, or done, as the sender said. */
export type BufferState = 'buffering' | 'playing' | 'ended';

/** What is true of the buffer. Counts are since its construction. */
export interface BufferFigures {
  readonly state: BufferState;
  /** Stream frames taken in. */
  readonly framesReceived: number;
  /** Stream frames played to their end. */
  readonly framesPlayed: number;
  /** Stream frames that came twice or too late, and were dropped. */
  readonly framesLate: number;
  /** Stream frames that never came, or found no room. Those of a jump to live are among them. */
  readonly framesLost: number;
  /** How often the audio ran out after it had started. */
  readonly underruns: number;
  /** Time after the start in which a gap, an underrun or the sender's own concealment was heard. */
  readonly concealedMs: number;
  /** Audio that came and was jumped over, to get back to the live stream. */
  readonly skippedMs: number;
  readonly bufferedMs: number;
  /** How much is collected before playing starts again. */
  readonly prebufferMs: number;
  /** Whether a gap, an underrun or the sender's own concealment is being heard. */
  readonly concealing: boolean;
  /** Whether the sender is playing from a lesser source. */
  readonly fallback: boolean;
  /** Whether anything lesser was heard in the last 3 s: a gap, an underrun, a concealment, a lesser source. */
  readonly degraded: boolean;
  /** The position in the stream of what was played last, in sample frames. */
  readonly samplePosition: number;
}

/**
 * Turns stream frames, which come when the network lets them, into audio at every moment.
 *
 * Playing starts when `prebufferMs` are collected. When the audio runs out, and at every gap, it fades out over
 * 20 ms, is silent, and fades in again: there is no click, whatever is lost. A gap is as long as the stream says,
 * so that playing stays at the same distance from the live stream; one longer than `maxPrebufferMs` is jumped.
 * Whoever lags more than a second behind the prebuffer, after a machine slept or a clock drifted, jumps forward.
 *
 * `push` and `pull` never throw; `pull` allocates nothing. One thread.
 */
export class JitterBuffer {
  readonly #sampleRateHz: number;
  readonly #prebuffer: AdaptivePrebuffer;
  readonly #queue: FrameQueue;
  /** One stream frame as floats, on its way from the wire into the queue. */
  readonly #decoded: readonly Float32Array[];
  readonly #fadeFrames: number;

  #state: BufferState = 'buffering';
  #started = false;
  #ending = false;
  #epoch = -1;
  #nextSequence = 0;
  #nextPosition = 0;

  /** 0 is silent, 1 is full; in between the audio fades. */
  #fade = 0;
  /** Silence of the gap that is being crossed, in sample frames. */
  #gapFrames = 0;
  #jumping = false;

  /** Of what was played last. */
  #flags = 0;
  #samplePosition = 0;
  /** Played since something lesser was. */
  #cleanFrames = LONG_AGO_FRAMES;

  #framesReceived = 0;
  #framesPlayed = 0;
  #framesLate = 0;
  #framesLost = 0;
  #concealedFrames = 0;
  #skippedFrames = 0;

  constructor(options: JitterBufferOptions) {
    this.#sampleRateHz = options.sampleRateHz;
    this.#prebuffer = new AdaptivePrebuffer(options);
    this.#fadeFrames = this.#toFrames(FADE_MS);
    const capacityFrames = this.#toFrames(this.#prebuffer.maxMs + 2 * MAX_LAG_MS);
    this.#queue = new FrameQueue({ channels: options.channels, capacityFrames });
    this.#decoded = Array.from({ length: options.channels }, () => new Float32Array(capacityFrames));
  }

  get figures(): BufferFigures {
    return {
      state: this.#state,
      framesReceived: this.#framesReceived,
      framesPlayed: this.#framesPlayed,
      framesLate: this.#framesLate,
      framesLost: this.#framesLost,
      underruns: this.#prebuffer.underruns,
      concealedMs: this.#toMs(this.#concealedFrames),
      skippedMs: this.#toMs(this.#skippedFrames),
      bufferedMs: this.#toMs(this.#queue.availableFrames),
      prebufferMs: this.#prebuffer.targetMs,
      concealing: this.#isConcealing(),
      fallback: this.#state === 'playing' && (this.#flags & frameFlags.fallback) !== 0,
      degraded: this.#isConcealing() || this.#toMs(this.#cleanFrames) < LATELY_MS,
      samplePosition: this.#samplePosition,
    };
  }

  /** Takes a frame in, or drops it as late. */
  push(frame: Frame): void {
    const known = frame.epoch === this.#epoch;
    if (known && (frame.sequence < this.#nextSequence || frame.samplePosition < this.#nextPosition)) {
      this.#framesLate++;
      return;
    }
    const frames = Math.floor(frame.payload.length / (PCM16_BYTES * this.#decoded.length));
    decodePcm16(frame.payload, 0, frames, this.#decoded);
    const { flags, samplePosition } = frame;
    const entry = { frames, flags, samplePosition, silenceBefore: this.#silenceBefore(frame, known) };
    // A frame without room counts as lost when the next one finds some.
    if (frames > 0 && !this.#queue.append(entry, this.#decoded)) return;
    this.#framesReceived++;
    if (known) this.#framesLost += frame.sequence - this.#nextSequence;
    this.#epoch = frame.epoch;
    this.#nextSequence = frame.sequence + 1;
    this.#nextPosition = samplePosition + frames;
    this.#ending = (flags & frameFlags.end) !== 0;
    if (!this.#ending && this.#state === 'ended') this.#state = 'buffering';
  }

  /** Fills `target` with what is to be heard next: audio, a fade or silence. */
  pull(target: readonly Float32Array[]): void {
    const frames = target[0]?.length ?? 0;
    if (this.#state === 'buffering' && this.#isReady()) this.#start();
    const canPlay = target.length >= this.#decoded.length;
    for (let done = 0; done < frames; ) {
      const playing = canPlay && this.#state === 'playing';
      done += playing ? this.#play(target, done, frames - done) : this.#rest(target, done);
    }
  }

  #isConcealing(): boolean {
    if (this.#state === 'buffering') return this.#started;
    return this.#state === 'playing' && (this.#gapFrames > 0 || (this.#flags & frameFlags.concealed) !== 0);
  }

  #isReady(): boolean {
    return this.#ending || this.#queue.availableFrames >= this.#toFrames(this.#prebuffer.targetMs);
  }

  #start(): void {
    this.#state = 'playing';
    this.#started = true;
    // While the buffer was empty the gap's time has passed by itself.
    this.#queue.crossBreak();
  }

  /** Silence to the end of the target. */
  #rest(target: readonly Float32Array[], from: number): number {
    const frames = (target[0] as Float32Array).length - from;
    silence(target, from, frames);
    if (this.#started && this.#state === 'buffering') {
      this.#concealedFrames += frames;
      this.#cleanFrames = 0;
    }
    return frames;
  }

  /** Plays up to `frames` frames of one kind, and answers how many. */
  #play(target: readonly Float32Array[], from: number, frames: number): number {
    if (this.#gapFrames > 0) {
      const count = Math.min(frames, this.#gapFrames);
      silence(target, from, count);
      this.#gapFrames -= count;
      this.#concealedFrames += count;
      this.#cleanFrames = 0;
      return count;
    }
    const untilBreak = this.#queue.contiguousFrames;
    if (untilBreak === 0) {
      this.#cross();
      return 0;
    }
    if (this.#lagsBehind()) this.#jumping = true;
    if (this.#jumping && this.#fade === 0) {
      this.#jump();
      return 0;
    }
    const falling = this.#jumping || untilBreak <= this.#fadeFrames;
    const most = falling ? frames : Math.min(frames, untilBreak - this.#fadeFrames);
    return this.#takeFaded(target, from, most, falling);
  }

  #takeFaded(target: readonly Float32Array[], from: number, frames: number, falling: boolean): number {
    this.#flags = this.#queue.headFlags;
    const position = this.#queue.headPosition;
    const ends = frames >= this.#queue.headFrames;
    const taken = this.#queue.take(target, frames, from);
    this.#samplePosition = position + taken;
    const step = (falling ? -1 : 1) / (this.#fadeFrames + 1);
    for (let i = from; i < from + taken && !(this.#fade === 1 && !falling); i++) {
      this.#fade = Math.min(1, Math.max(0, this.#fade + step));
      const gain = equalPowerGain(this.#fade);
      for (let channel = 0; channel < target.length; channel++) {
        const samples = target[channel] as Float32Array;
        samples[i] = (samples[i] as number) * gain;
      }
    }
    if ((this.#flags & frameFlags.concealed) !== 0) this.#concealedFrames += taken;
    const isLesser = (this.#flags & (frameFlags.concealed | frameFlags.fallback)) !== 0;
    this.#cleanFrames = isLesser ? 0 : Math.min(LONG_AGO_FRAMES, this.#cleanFrames + taken);
    if (ends) this.#framesPlayed++;
    this.#prebuffer.played(this.#toMs(taken));
    return taken;
  }

  /** At a break in the audio, or at its end. */
  #cross(): void {
    this.#fade = 0;
    if (this.#queue.availableFrames > 0) {
      this.#gapFrames = this.#queue.crossBreak();
    } else if (this.#ending) {
      this.#state = 'ended';
    } else {
      this.#state = 'buffering';
      this.#prebuffer.underrun();
    }
  }

  #lagsBehind(): boolean {
    return this.#toMs(this.#queue.availableFrames) > this.#prebuffer.targetMs + MAX_LAG_MS;
  }

  #jump(): void {
    this.#jumping = false;
    const frames = this.#queue.availableFrames - this.#toFrames(this.#prebuffer.targetMs);
    this.#queue.skip(frames);
    this.#skippedFrames += frames;
    this.#queue.crossBreak();
  }

  /** Silence to be put before `frame`; undefined where it continues what is there. */
  #silenceBefore(frame: Frame, known: boolean): number | undefined {
    if (!known) return this.#epoch === -1 ? undefined : 0;
    const missing = frame.samplePosition - this.#nextPosition;
    if (missing > this.#toFrames(this.#prebuffer.maxMs)) return 0;
    return missing > 0 || (frame.flags & frameFlags.discontinuity) !== 0 ? missing : undefined;
  }

  #toFrames(durationMs: number): number {
    return Math.round((durationMs * this.#sampleRateHz) / 1000);
  }

  #toMs(frames: number): number {
    return (frames * 1000) / this.#sampleRateHz;
  }
}

/** Length of the fades at gaps: below 10 ms they are heard as clicks, above 50 ms as holes. */
const FADE_MS = 20;
const MAX_LAG_MS = 1000;
const LATELY_MS = 3000;
/** A small integer for engines, which therefore allocate nothing for it. */
const LONG_AGO_FRAMES = 2 ** 29;

function silence(target: readonly Float32Array[], from: number, frames: number): void {
  for (let channel = 0; channel < target.length; channel++) {
    (target[channel] as Float32Array).fill(0, from, from + frames);
  }
}
