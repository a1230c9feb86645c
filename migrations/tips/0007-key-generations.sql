-- Which keys a part is sealed to cannot be read from it (age's stanzas name nobody), so the keys are counted as they come:
-- a part whose number is behind that of a key that tips are sealed to now was sealed before there was that key.
alter table tip_settings add column generation integer not null default 0;  -- how many keys have been added so far
alter table recipients add column generation integer not null default 0;    -- which one this was
alter table tip_parts add column generation integer not null default 0;     -- how many there were when this part was sealed

-- The keys that the operator names, as they were at the last start; null: nobody has looked yet.
alter table tip_settings add column operator_keys text;
alter table tip_settings add column operator_generation integer not null default 0;

update tip_settings set generation = 1 where exists (select 1 from recipients);
