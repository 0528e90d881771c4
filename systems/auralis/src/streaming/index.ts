export {
  Broadcast,
  FRAME_FRAMES,
  FRAME_MS,
  type FrameSink,
} from './broadcast.ts';
export type { ControlMessage } from './control.ts';
export { CLOSE_TOO_SLOW, Listener, type ListenerSocket } from './listener.ts';
export { acceptedMessage, parametersMessage, welcomeMessage } from './messages.ts';
export { pace } from './pace.ts';
export type { PhraseTrack } from './phrase-track.ts';
export { Producer } from './producer.ts';
export { MAX_MESSAGE_BYTES, StreamSocket } from './stream-socket.ts';
export { type StretchQuality, Timeline } from './timeline.ts';
