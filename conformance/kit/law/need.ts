/**
 * What a law asks of a target or a run beyond answering one request.
 *
 * `memory`: only a server that remembers something between requests (keys, sandboxes) can keep the law; a stateless
 * mock of the same document breaks it. The others are inputs of a run: a law that lacks one is skipped with that cause.
 * `waiting` is there where nothing has to wait (a clock that can be moved), or where the run may wait for as long as the
 * law's `waitsMs`. `full-profile`: more requests than a usual run should take.
 */
export type Need =
  | "memory"
  | "second-key"
  | "waiting"
  | "clock-control"
  | "preview-route"
  | "webhook-receiver"
  | "member-account"
  | "foreign-account"
  | "quota"
  | "full-profile";
