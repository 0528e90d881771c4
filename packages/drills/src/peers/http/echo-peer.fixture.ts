import { type PeerOptions, type ScriptedHttp, scriptedHttp, sseEvent, sseReply, textReply } from './index.ts';

/** The smallest peer: says a text, whole at `/say` and as events at `/tell`. */
export function echoPeer(options: PeerOptions<string> = {}): Promise<ScriptedHttp<string, 'say' | 'tell'>> {
  return scriptedHttp({
    ...options,
    name: 'echo',
    refuse: (why) => textReply(REFUSALS[why], why),
    routes: {
      say: { method: 'POST', path: '/say', reply: (_request, said = 'as ever') => textReply(200, said) },
      tell: {
        method: 'POST',
        path: '/tell',
        reply: (_request, said = 'a b c') =>
          sseReply([...said.split(' ').map((word) => sseEvent({ word })), sseEvent('[DONE]')]),
      },
    },
  });
}

/** Says this. */
export function say(text: string, times?: number) {
  return { what: `it says ${text}`, content: () => text, ...(times !== undefined && { times }) };
}

const REFUSALS = {
  'no-such-route': 404,
  unauthorized: 401,
  'too-large': 413,
  unreadable: 400,
  'script-failed': 500,
};
