export { keysCommand } from './commands.js'
export { believedBeside } from './note.js'
export { type KeyChange, refuseOtherKeys, settleKeys } from './settling.js'
