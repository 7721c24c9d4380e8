-- Words, and tags with their sign, that a member does not want to meet; as typed, and as they are looked for.
create table muted_words (
    user_id text not null references users (id),
    term text not null,
    text text not null,
    primary key (user_id, term)
);
