type Listed = [what: string, meaning: string][]

/** What lies in the tip line's folder. */
export const files: Listed = [
  [
    'tips.db',
    'The rows above, with its log (-wal) and index (-shm). The file system notes when they were last written.',
  ],
  [
    'sealed/…/1-message.age',
    'Your message, sealed to the newsroom’s keys, filled up to a size class of at least 16 KB. The folder’s name is random; file and folder are dated to the day, at midnight.',
  ],
  [
    'sealed/…/1-file-1.age',
    'A file that you sent, in the same way. Its name, type and exact length are sealed.',
  ],
  ['sealed/…/2-reply…', 'A reply, sealed to your key and to the newsroom’s.'],
  ['sealed/…/3-note…', 'A note that the newsroom wrote for itself, sealed to its own keys.'],
  [
    'staging',
    'What is just arriving, sealed already. It is moved or removed before you get an answer; what a crash leaves there is removed at the next start.',
  ],
  [
    'salt',
    'A random number of this server, which goes into what codenames derive to. Nothing about anybody.',
  ],
  ['nameplate.json', 'The paper’s name, language and colour, for these pages. Nothing about anybody.'],
]

/** What passes through memory, and for how long. */
export const memory: Listed = [
  [
    'What you send',
    'With scripts: only what your browser has sealed. Without: the text and the files as you wrote them, until they are sealed, which happens while they arrive.',
  ],
  [
    'Your codename',
    'With scripts: never; it is made, and turned into what finds your tip, in your browser. Without: while that happens here, about a second.',
  ],
  [
    'Your key',
    'The private key that your codename derives to and that opens replies. With scripts: never; it stays in your browser’s memory until you leave the page, or do not touch it for half an hour. Without: after you have come back, while it opens replies for a page. In between it is sealed with the random number in the forms of your page, which this server does not keep; what is sealed goes when you leave, after half an hour at the latest.',
  ],
  [
    'Your session',
    'After you have come back: which tip is yours, under the hash of a random number, for half an hour at most. The number stands in the forms of your page and nowhere else: your browser keeps it as long as the page.',
  ],
  [
    'What you have added',
    'A keyed hash of it, for half an hour, so that it is kept once also where your browser sends it twice, as it does when the page is loaded anew. The key is random and goes with the program.',
  ],
  [
    'Your form',
    'Without scripts: a keyed hash of what you sent, together with the random boundary that your browser gives each form, for half an hour after the codename was shown, so that loading that page anew sends no second tip. The same words from somebody else are another form. The key is random and goes with the program.',
  ],
  [
    'Your network address',
    'While your request is answered, and as a keyed hash for ten minutes at most, to count tips and tries. Who comes by Tor is not told apart from others who do.',
  ],
  [
    'How much is arriving',
    'How many tips and tries came within this minute, all together; and which proofs of work were used, so that none counts twice. A proof is a sum that your browser’s scripts have done, about nothing but random numbers.',
  ],
]

/** What the other door keeps: the newsroom's own pages, which share no code with this one. */
export const newsroom: Listed = [
  ['State', 'How far it has come with a tip, in the column above.'],
  ['Who sees to it', 'A member of the newsroom, in the column above.'],
  [
    'The trail',
    'Who of the newsroom opened, marked, assigned or erased which tip, by its random number, and when. It says when the newsroom worked, not when you wrote.',
  ],
  ['Copies', 'What the newsroom has opened is on its own machines. Erasing a tip here does not reach them.'],
  ['Mail', 'Once a day a mail asks the newsroom to look. It is the same on days with and without tips.'],
]

/** What no program here can promise. */
export const others: Listed = [
  [
    'The file system',
    'It may note by itself when a file was made or changed, to the second, and keep blocks of what was erased, above all on flash disks.',
  ],
  ['Memory', 'The operating system may write memory to a swap file, if it has one.'],
  [
    'Backups',
    'A backup holds what the database and the files held then, until whoever keeps it throws it away.',
  ],
  [
    'The way here',
    'Your provider or employer sees that you visited this site, unless you use Tor; so does whoever runs a proxy before this server, which may keep a log of its own.',
  ],
  [
    'The machine',
    'Who controls this server while you send, or while you read a reply, can read along without scripts; with them, it takes another script than the one below, sent to you in its place.',
  ],
  ['You', 'What you write, and what stands inside your files, may point to you.'],
]
