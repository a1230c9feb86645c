-- Which of the processes over this database does the scheduled work, and until when the others believe that it lives.
create table leases (
  name text primary key,
  holder text not null,
  pid integer not null,
  -- where the pid means something: one start of one machine (or container)
  machine text not null,
  -- milliseconds since 1970, by the clock of SQLite
  expires integer not null
);
