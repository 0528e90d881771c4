// The events of the phrase being rendered, in order of their start.

/** One thing to play. `frames` is how long it is held; what rings after that belongs to the instrument. */
@unmanaged export class Event {
  instrument: i32;
  start: i32;
  frames: i32;
  hz: f32;
  velocity: f32;
}

const CAPACITY: i32 = 512;
const events = memory.data(512 * 20, 16);

let count: i32 = 0;
let next: i32 = 0;

export function clearScore(): void {
  count = 0;
  next = 0;
}

/** False when the score is full or the event starts before the one before it. */
export function write(instrument: i32, start: i32, frames: i32, hz: f32, velocity: f32): bool {
  if (count == CAPACITY) return false;
  if (count > 0 && at(count - 1).start > start) return false;
  const event = at(count++);
  event.instrument = instrument;
  event.start = start;
  event.frames = frames;
  event.hz = hz;
  event.velocity = velocity;
  return true;
}

/** The next event that starts before `end`, or null. */
export function takeBefore(end: i32): Event | null {
  if (next == count || at(next).start >= end) return null;
  return at(next++);
}

@inline function at(index: i32): Event {
  return changetype<Event>(events + <usize>index * offsetof<Event>());
}
