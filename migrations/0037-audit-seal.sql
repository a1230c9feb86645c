-- Without it, whoever has only the database could cut the trail's tail off and name the entry before it the last.
alter table audit_end add column seal text not null default '';  -- HMAC-SHA256 of number and mark, hex
