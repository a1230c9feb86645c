-- How many readers joined and left in each quarter of an hour (2020-12-24T09:15, UTC): in whatever time zone the site is, its days begin
-- at one of them. Of days before this only the day is known; it stands at its noon.
create table reader_quarters (
  quarter text primary key,
  joined  integer not null default 0,
  gone    integer not null default 0
);
insert into reader_quarters (quarter, joined, gone) select day || 'T12:00', joined, gone from reader_days;
