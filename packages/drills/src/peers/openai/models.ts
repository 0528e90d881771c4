import { jsonReply, type Route } from '../http/index.ts';
import type { Models } from './request-fields.ts';
import type { Said } from './said.ts';

/** `GET /v1/models`. */
export function modelsRoute({ names }: Models): Route<Said> {
  return {
    method: 'GET',
    path: '/v1/models',
    reply: () =>
      jsonReply(200, {
        object: 'list',
        data: names.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'openai' })),
      }),
  };
}
