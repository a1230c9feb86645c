/** What a table of the tip line's database is for, and what each of its columns says about whom. */
interface TableMeaning {
  about: string
  columns: Record<string, string>
}

/**
 * The meaning of every column that the tip line's database has. The page shows what the database has, and the build fails
 * when it has one that is not named here, or when one is named that it does not have.
 */
export const tableMeanings: Record<string, TableMeaning> = {
  tips: {
    about: 'One row for each tip, until it is erased or its time is over.',
    columns: {
      id: 'A random number that names the folder of sealed files. It holds no time and no order.',
      day: 'The day of the first message. No hour.',
      lookup:
        'A hash of what your codename derives to: it finds the tip when you come back. The codename cannot be computed from it.',
      source_key:
        'The public half of a key that your codename derives to. Replies are sealed to it; it cannot open them.',
      state: 'How far the newsroom has come: new, read, replied, verifying or closed.',
      last_day:
        'The day of the last message from you or from the newsroom. The time for which a tip is kept counts from here.',
      pinned: 'Whether the newsroom keeps the tip beyond its time.',
      spared:
        'A day until which the tip is kept although its time is over, since the newsroom shortened the time or unpinned the tip: it has a week to notice. Mostly empty.',
      assigned: 'Which member of the newsroom sees to it: the number of an account there.',
    },
  },
  tip_parts: {
    about: 'One row for each sealed file of a tip: a message, a file, a reply, a note of the newsroom.',
    columns: {
      tip_id: 'The tip that it belongs to.',
      batch: 'A running number: 1 for your first message, then one more for each message, reply or note.',
      number:
        '0 for a text, then the files in the order in which they came. Their names and types are sealed.',
      day: 'The day it was sent. No hour.',
      kind: 'Whether it is yours, a reply, or a note that the newsroom wrote for itself.',
      generation:
        'How many keys the newsroom had been given when this was sealed, so that a new key gets it as well.',
    },
  },
  recipients: {
    about: 'The newsroom’s public keys, to which tips are sealed.',
    columns: {
      public_key: 'The key. It seals; it cannot open.',
      added_day: 'The day from which tips are sealed to it.',
      generation: 'Which of the newsroom’s keys it was: the first, the second and so on.',
    },
  },
  tip_settings: {
    about: 'One row of settings; nothing about any tip.',
    columns: {
      id: 'Always 1.',
      retention_days: 'For how many days after the last message a tip is kept.',
      recovery_required: 'Whether the newsroom must have a recovery key before an editor may have one.',
      generation: 'How many keys the newsroom has been given so far.',
      operator_keys: 'The public keys that the operator of this server named at the last start.',
      operator_generation: 'Which of the newsroom’s keys those were.',
    },
  },
  arriving: {
    about: 'What is arriving at this moment. Empty at other times.',
    columns: {
      tip_id: 'The random number of the tip that it belongs to.',
      batch: 'The running number that its sealed files get.',
      kind: 'Whether it is yours, a reply, or a note of the newsroom.',
    },
  },
  shredding: {
    about: 'Tips that are being erased at this moment. Empty at other times.',
    columns: {
      tip_id: 'The random number of a tip whose rows are gone and whose files are being removed.',
    },
  },
  overwriting: {
    about: 'Zeros that are written over what was erased. Empty at other times.',
    columns: {
      id: 'A running number.',
      zeros: 'Nothing but zeros.',
    },
  },
  retention: {
    about: 'One row by which old tips are told: the days on which this server’s clock was believed.',
    columns: {
      id: 'Always 1.',
      day: 'The latest day that the clock said and that was believed.',
      claimed: 'A day that the clock said after a jump, to be believed once it has gone on to say so.',
      since: 'The first day that it said after that jump.',
    },
  },
  migrations: {
    about: 'Which versions of these tables were made; nothing about any tip.',
    columns: {
      name: 'The name of a change to the tables.',
      checksum: 'A hash of that change’s text.',
      applied: 'When the change was made, which is when the program was updated.',
    },
  },
}
