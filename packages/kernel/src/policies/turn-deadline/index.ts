export { type Turn, type TurnDeadline, type TurnDeadlineOptions, turnDeadline } from './turn-deadline.ts';
export { turnFaults } from './turn-faults.ts';
