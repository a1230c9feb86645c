-- Tips whose rows are gone and whose files may still lie there; emptied once they do not, at the latest at the next start.
create table shredding (
  tip_id text primary key
) without rowid;

-- Holds zeros for a moment, which is how old pages are written over in the log before it is cut off.
create table overwriting (
  id    integer primary key,
  zeros blob not null
);
