// The menu scrolls sideways on a phone. Browsers that know scroll-initial-target have its open entry in sight before anything is drawn.
const entry = document.querySelector('.desk-bar nav [aria-current]')
if (entry && !CSS.supports('scroll-initial-target', 'nearest'))
  entry.scrollIntoView({ block: 'nearest', inline: 'nearest' })

export {}
