export { Audience, type AudienceOptions } from './audience.ts';
export { Bed, type BedAudio } from './bed.ts';
export {
  Broadcast,
  FRAME_FRAMES,
  FRAME_MS,
  type FrameSink,
} from './broadcast.ts';
export { type ClientMessage, parseClientMessage } from './client-message.ts';
export type { ControlMessage } from './control.ts';
export { type Hello, parseHello } from './hello.ts';
export {
  CLOSE_PATIENCE_MS,
  CLOSE_TOO_SLOW,
  Listener,
  type ListenerSocket,
} from './listener.ts';
export { acceptedMessage, errorMessage, parametersMessage, pingMessage, welcomeMessage } from './messages.ts';
export { pace } from './pace.ts';
export type { PhraseTrack } from './phrase-track.ts';
export type { PlaybackReport } from './playback-report.ts';
export { Producer } from './producer.ts';
export { CLOSE_REPLACED, Seat } from './seat.ts';
export { MAX_MESSAGE_BYTES, StreamSocket } from './stream-socket.ts';
export { type StretchQuality, Timeline } from './timeline.ts';
