-- What is pinned keeps its place. The rest stands as if it had been published when it was chosen, so that newer stories
-- push it down. What was chosen before there was a difference keeps its place, as it did.
alter table front_page add column pinned integer not null default 1;
alter table front_page add column chosen text not null default '';

alter table sections add column on_front_page integer not null default 1;
