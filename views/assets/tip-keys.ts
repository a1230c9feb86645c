// Pages on which a browser makes a key of the newsroom.
import './tips/making.js'
import './tips/recovery-sheet.js'
