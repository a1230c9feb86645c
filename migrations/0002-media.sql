create table media (
  id       text primary key,
  name     text not null unique,  -- how texts refer to it
  hash     text not null,         -- sha256 of the original, hex
  width    integer not null,
  height   integer not null,
  variants text not null,         -- JSON: [{ file, width, height }], narrowest first
  card     text not null,         -- file name of the JPEG that other sites show
  created  text not null
);
