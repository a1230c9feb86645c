-- The days on which retention went by what the clock said. A clock that jumps is believed on the second day. One row.
create table retention (
  id      integer primary key check (id = 1),
  day     text not null default '',  -- the latest that is believed
  claimed text not null default ''   -- what the clock said when it had jumped; empty: it did not
);
insert into retention (id) values (1);
