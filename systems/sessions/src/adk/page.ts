import type { AdkSession, ListSessionsRequest, ListSessionsResponse } from './adk-types.ts';

/** @internal The page of these sessions that was asked for, ordered where that was asked for, and counted as ADK counts. */
export function pageOf(
  all: readonly AdkSession[],
  { limit, offset = 0, page, order }: ListSessionsRequest,
): ListSessionsResponse {
  const ordered = order === undefined ? all : all.toSorted(byTime(order === 'asc' ? 1 : -1));
  const totalItems = all.length;
  if (limit === undefined) {
    const totalPages = totalItems === 0 ? 0 : 1;
    return { sessions: ordered.slice(offset), page: 1, limit: totalItems, totalItems, totalPages };
  }
  const from = page === undefined ? offset : (page - 1) * limit;
  return {
    sessions: ordered.slice(from, from + limit),
    page: page ?? (limit === 0 ? 1 : Math.floor(from / limit) + 1),
    limit,
    totalItems,
    totalPages: limit === 0 ? 0 : Math.ceil(totalItems / limit),
  };
}

function byTime(sign: 1 | -1): (one: AdkSession, other: AdkSession) => number {
  return (one, other) => sign * (one.lastUpdateTime - other.lastUpdateTime) || (one.id < other.id ? -1 : 1);
}
