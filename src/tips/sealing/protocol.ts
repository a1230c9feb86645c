/** What is said between the thread that takes uploads and the one that seals them. A job is one sealed file. */
export type ToSealer =
  | { job: number; say: 'begin'; names: string[]; recipients: string[]; file: string }
  | { job: number; say: 'chunk'; chunk: Uint8Array }
  /** an entry is complete; the next one begins */
  | { job: number; say: 'end' }
  /** nothing more comes, and what was written counts for nothing */
  | { job: number; say: 'break' }

export type FromSealer =
  /** a chunk was taken in hand, another one may come */
  | { job: number; say: 'more' }
  | { job: number; say: 'sealed' }
  | { job: number; say: 'failed'; message: string; code: string | undefined }

/** Bytes of a chunk, and how many chunks may wait for the sealing thread in one job. */
export const CHUNK = 65_536
export const MOST_UNDERWAY = 4
