import type { Ailment, Condition } from '../foundation/database.js'
import type { Doubt } from '../foundation/steady-clock.js'
import type { Cause } from '../foundation/storage-trouble.js'
import type { Notice } from './things-to-fix.js'

/** What the machine does just now. */
export interface Trouble extends Condition {
  /** bytes that can still be written; undefined where the disk does not tell */
  free: number | undefined
  doubt: Doubt | undefined
}

const LITTLE = 512 * 1_048_576
const NONE = 1_048_576

/** What everybody at the desk is told while the machine fails them: what, since when, and what mends it. */
export function troubleNotices({ writing, reading, free, doubt }: Trouble): Notice[] {
  const notices: Notice[] = []
  if (writing) notices.push(asNotice(writing))
  if (reading && reading.trouble !== writing?.trouble) notices.push(lately(reading))
  if (free !== undefined && free < LITTLE && writing?.trouble !== 'full') notices.push(nearlyFull(free))
  if (doubt) notices.push(clockJumped(doubt))
  return notices
}

const ends = 'Readers can read on. It ends by itself once the cause is gone.'

const told: Record<Cause, { title: string; text: string }> = {
  full: {
    title: 'The disk is full, so nothing can be saved',
    text: `Make room on the disk that holds the data directory: remove old logs and backups there first. ${ends}`,
  },
  'read-only': {
    title: 'The disk takes no changes, so nothing can be saved',
    text: `It is mounted read-only, or the data directory belongs to somebody else. Linux does the first when a disk fails: look into its messages (dmesg) before you mount it again. ${ends}`,
  },
  disk: {
    title: 'The disk reports errors, so nothing can be saved',
    text: `Make a backup while it can be read, look into the machine's messages (dmesg), and replace the disk. ${ends}`,
  },
  unsure: {
    title: 'The disk does not confirm what it is given, so nothing can be saved',
    text: `Make a backup while it can be read, look into the machine's messages (dmesg), and replace the disk. ${ends} If it does not, start Handpress again: then only what was confirmed is there.`,
  },
  damaged: {
    title: 'The database is damaged',
    text: 'Some of it cannot be read or written. Keep a copy of the data directory as it is, then put the last backup in place.',
  },
  locked: {
    title: 'Another program holds the database, so nothing can be saved',
    text: `End what else has it open, a database browser or a command that hangs. ${ends}`,
  },
  handles: {
    title: 'Too many files and connections are open',
    text: `Raise the limit of open files under which Handpress runs (LimitNOFILE of systemd, ulimit -n). ${ends}`,
  },
}

function asNotice({ trouble, since }: Ailment): Notice {
  const { title, text } = told[trouble]
  return { title, text: `Since ${inWords(since)}. ${text}` }
}

function lately({ last, ...ailment }: Ailment): Notice {
  const { title, text } = asNotice({ last, ...ailment })
  return {
    title: title.replace(', so nothing can be saved', ''),
    text: `${text} It was met last at ${inWords(last)}.`,
  }
}

function nearlyFull(free: number): Notice {
  const left = free < NONE ? 'There is no room left' : `${Math.floor(free / 1_048_576)} MB are left`
  return {
    title: 'The disk is nearly full',
    text: `${left} where the data directory lies. Once it is full nothing can be saved: make room before that.`,
  }
}

function clockJumped({ from, to }: Doubt): Notice {
  return {
    title: 'The clock of this machine jumped',
    text: `At ${inWords(from)} it went to ${inWords(to)}. Handpress does not believe it and goes on by the time it knew, so that nothing is published, mailed or ended before its time. Set the clock right. If it is right now, start Handpress again; after a day it is believed.`,
  }
}

const inWords = (instant: Date): string => `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`
