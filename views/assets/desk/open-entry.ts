// Menus scroll sideways on a phone. Browsers that know scroll-initial-target have the open entry in sight before anything is drawn.
if (!CSS.supports('scroll-initial-target', 'nearest'))
  for (const entry of document.querySelectorAll('nav [aria-current]')) {
    const list = entry.closest('ul')
    list?.scrollBy(entry.getBoundingClientRect().left - list.getBoundingClientRect().left, 0)
  }

export {}
