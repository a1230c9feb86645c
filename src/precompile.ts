import { precompile } from './compiled.js'

// What a start runs of every file is compiled; what only requests run is left to them.
process.argv = [process.execPath, 'handpress', '--help']
precompile()
