/** How bad a fault is, in order. Each level has a default action, carried out by the ErrorHandler. */
export const severity = Object.freeze({
  /** Detail. Logged. */
  DEBUG: 1,
  /** Normal operation. Logged. */
  INFO: 2,
  /** A lesser trouble; the service works. Logged, recovered from. */
  WARNING: 3,
  /** A major function is broken. Logged, recovered from, fallen back; subscribed modules are told. */
  ERROR: 4,
  /** The system cannot function. As ERROR, and alerted; the component is restarted. */
  CRITICAL: 5,
} as const);

export type Severity = (typeof severity)[keyof typeof severity];
export type SeverityName = keyof typeof severity;

/** The name of a level, for people and logs. */
export function severityName(level: Severity): SeverityName {
  return names[level - 1] as SeverityName;
}

const names = Object.keys(severity) as readonly SeverityName[];
