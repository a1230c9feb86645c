-- Links to readers' pages and return paths of earlier versions carry marks of 72 and 64 bits, and passkeys on RSA keys of 2048 bits were
-- taken. What those versions made is believed for 90 days after this step; a paper that has no reader by now never mailed such a link.
create table shorter_marks (
  only integer primary key check (only = 1)  -- there is a row where earlier versions may have mailed links
);
insert into shorter_marks (only) select 1 where exists (select 1 from subscribers);
