/** What says how loaded we are. */
export interface LoadReadings {
  /** The share of all processors' time in which they worked, 0 to 1. */
  readonly cpu: number;
  /** Seconds of music that are rendered in a second. Undefined where nothing was rendered of late. */
  readonly realtimeFactor: number | undefined;
  /** How late the event loop was, at its worst. */
  readonly eventLoopDelayMs: number;
}

/** What the ladder is told: the higher, the worse. */
export interface Load {
  readonly cpu: number;
  /** Seconds that rendering a second of music takes. */
  readonly renderCost: number;
  readonly eventLoopDelayMs: number;
}

/**
 * A processor that others keep busy is no reason to play less, as long as we render at more than twice the pace that the
 * best quality asks for: then its reading stays below the first step. While nothing is rendered, nobody knows at which pace
 * we would; then it does not keep us from trying, with chords.
 */
export function loadOf({ cpu, realtimeFactor, eventLoopDelayMs }: LoadReadings): Load {
  const most = realtimeFactor === undefined ? BELOW_OVERLOAD : realtimeFactor > UNHURRIED ? BELOW_ALL : 1;
  return {
    cpu: Math.min(cpu, most),
    renderCost: realtimeFactor === undefined ? 0 : 1 / realtimeFactor,
    eventLoopDelayMs,
  };
}

/**
 * When each level is left, down and up again. CPU: seed 002, section 4.1, and back a tenth lower. Rendering: the seed's target
 * realtime factors 20, 10 and 5, and back at twice that. Event loop: of the 600 ms that a player keeps, a quarter, half, all.
 */
export const loadRules = {
  cpu: [
    { down: 0.6, up: 0.5 },
    { down: 0.8, up: 0.7 },
    { down: 0.95, up: 0.85 },
  ],
  renderCost: [
    { down: 1 / 20, up: 1 / 40 },
    { down: 1 / 10, up: 1 / 20 },
    { down: 1 / 5, up: 1 / 10 },
  ],
  eventLoopDelayMs: [
    { down: 150, up: 75 },
    { down: 300, up: 150 },
    { down: 600, up: 300 },
  ],
} as const;

const UNHURRIED = 40;
const BELOW_ALL = 0.49;
const BELOW_OVERLOAD = 0.84;
