import type sharp from 'sharp'

// Only these of libvips' decoders are ever reached; SVG can hold scripts and reach for files, and each of the others is
// one more parser that a hostile file could find a hole in.
const loaders = ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif'].map(name => `VipsForeignLoad${name}`)

let loading: Promise<typeof sharp> | undefined

/** libvips takes memory and time to load, so it comes with the first picture and not with every start. */
export function decoder(): Promise<typeof sharp> {
  loading ??= load()
  return loading
}

async function load(): Promise<typeof sharp> {
  const { default: library } = await import('sharp')
  library.block({ operation: ['VipsForeignLoad'] })
  library.unblock({ operation: loaders })
  // One thread for a picture leaves the others to readers; what was decoded once is not needed again.
  library.concurrency(1)
  library.cache(false)
  return library
}
