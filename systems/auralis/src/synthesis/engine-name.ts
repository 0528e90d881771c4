/** The engines, best first. */
export const engineNames = ['gpu', 'cpu', 'simple'] as const;

export type EngineName = (typeof engineNames)[number];
